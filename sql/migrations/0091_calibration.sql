-- What the threshold of copies is.
-- depends: 0060_topics

comment on column media.calibration.threshold is
    'Least score that counts. For copies: the least margin, score less the bound of the way in which it is a copy (media.duplicate.margin).';

-- What the threshold of a story is, in media.calibration.
-- depends: 0122_numbers_are_terms

comment on column media.calibration.threshold is
    'Least score that counts. For copies: the least margin, score less the bound of the way in which it is a copy (media.duplicate.margin). For stories: by how much the score must exceed half the mean of the next five stories''.';

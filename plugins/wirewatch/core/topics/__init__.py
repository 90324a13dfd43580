"""IPTC Media Topics of an article, with score and evidence, or none where the text gives none."""

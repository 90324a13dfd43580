-- Which articles speak of the parade in Beijing, or of a train? Full-text search in each article's language, with the place that matched.
select rank, title, source, found, url
from media.search('"parade" beijing or train', most => 20);

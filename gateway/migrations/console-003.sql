-- Steps of requests are few among questions answered at once: a search for them reads these alone.
CREATE INDEX transactie_stap ON console.transactie (log, tijd, idx) WHERE verzoek IS NOT NULL;

-- Counts per day out of console.transactie, for who looks over months; may be emptied and made again.
CREATE TABLE console.dagtelling (
  log text COLLATE "C" NOT NULL,
  dag date NOT NULL,
  verstrekker text COLLATE "C",
  ontvanger text COLLATE "C",
  namens text COLLATE "C",
  uitwisseling text,
  doel text,
  digest text,
  trede text,
  machine boolean NOT NULL,
  asynchroon boolean NOT NULL,
  stap boolean NOT NULL,
  uitkomst text NOT NULL,
  redenen text[] NOT NULL,
  aantal bigint NOT NULL
);
CREATE INDEX dagtelling_dag ON console.dagtelling (log, dag);

-- Every leaf before `idx` is counted; `beurt` lets one process count at a time.
CREATE TABLE console.telstand (
  log text COLLATE "C" PRIMARY KEY,
  idx bigint NOT NULL,
  beurt bigint NOT NULL
);

-- Which days changed since they were counted.
CREATE INDEX transactie_laatste ON console.transactie (log, coalesce(eind_idx, idx));

-- What the officer's console searches: made out of the leaves of the log, without persons; it may be
-- emptied and made again. Evidence stands in audit.* alone.
CREATE SCHEMA console;

-- The next leaf of each log to be read.
CREATE TABLE console.stand (
  log text COLLATE "C" PRIMARY KEY,
  idx bigint NOT NULL
);

-- One row per transaction; (log, idx) is its first leaf. `uitkomst` is that of its newest leaf.
CREATE TABLE console.transactie (
  log text COLLATE "C" NOT NULL,
  idx bigint NOT NULL,
  transactie uuid NOT NULL,
  soort text NOT NULL,
  tijd bigint NOT NULL,
  dag date NOT NULL,
  uur smallint NOT NULL,
  verstrekker text COLLATE "C",
  ontvanger text COLLATE "C",
  namens text COLLATE "C",
  uitwisseling text,
  doel text,
  digest text,
  trede text,
  functie text,
  machine boolean NOT NULL,
  selectiegrond text,
  toetsing text,
  verzoek uuid,
  redenen text[] NOT NULL,
  grondslagen text[] NOT NULL,
  velden text[] NOT NULL,
  verstrekt text[] NOT NULL,
  aantal bigint NOT NULL,
  uitkomst text NOT NULL,
  eind_idx bigint,
  eind_tijd bigint,
  termen text[] NOT NULL,
  PRIMARY KEY (log, idx)
);
CREATE UNIQUE INDEX transactie_transactie ON console.transactie (transactie);
CREATE INDEX transactie_tijd ON console.transactie (log, tijd, idx);
CREATE INDEX transactie_uitkomst ON console.transactie (log, uitkomst, tijd, idx);
CREATE INDEX transactie_verzoek ON console.transactie (verzoek) WHERE verzoek IS NOT NULL;
CREATE INDEX transactie_termen ON console.transactie USING gin (termen);

-- What officers did and what changed the house itself; `gegevens` is the person-free part of the leaf.
CREATE TABLE console.handeling (
  log text COLLATE "C" NOT NULL,
  idx bigint NOT NULL,
  soort text NOT NULL,
  transactie uuid NOT NULL,
  tijd bigint NOT NULL,
  oin text COLLATE "C",
  rol text,
  over uuid,
  uitkomst text NOT NULL,
  gegevens jsonb NOT NULL,
  PRIMARY KEY (log, idx)
);
CREATE INDEX handeling_over ON console.handeling (over) WHERE over IS NOT NULL;
CREATE INDEX handeling_soort ON console.handeling (log, soort, tijd, idx);

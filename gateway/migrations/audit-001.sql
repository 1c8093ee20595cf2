-- The log of design §5: insert-only tables; the gateway's role needs SELECT and INSERT here.
CREATE SCHEMA audit;

-- One row per log ever begun. `log` is the name itself for the first of that name, then <name>-2 …
CREATE TABLE audit.log (
  log text COLLATE "C" PRIMARY KEY,
  naam text NOT NULL CHECK (naam IN ('gewoon', 'vertrouwelijk')),
  origin text NOT NULL UNIQUE,
  vkey text NOT NULL,
  begonnen bigint NOT NULL
);

-- One row per committed group, keyed on the size it grew from: no second row can grow from it.
-- The first row of a log has vorige -1 and grootte 0. `opvolger` ends the log.
CREATE TABLE audit.checkpoint (
  log text COLLATE "C" NOT NULL,
  vorige bigint NOT NULL,
  grootte bigint NOT NULL CHECK (grootte > vorige),
  wortel bytea NOT NULL,
  note text NOT NULL,
  groep uuid NOT NULL,
  epoch text NOT NULL,
  opvolger text,
  tijd bigint NOT NULL,
  PRIMARY KEY (log, vorige),
  UNIQUE (log, grootte)
);
CREATE UNIQUE INDEX checkpoint_groep ON audit.checkpoint (groep);

-- `tekst` is the leaf (RFC 8785); the columns after it repeat parts of it for searching.
CREATE TABLE audit.leaf (
  log text COLLATE "C" NOT NULL,
  idx bigint NOT NULL,
  hash bytea NOT NULL,
  tekst text NOT NULL,
  soort text NOT NULL,
  transactie uuid NOT NULL,
  tijd bigint NOT NULL,
  verstrekker text,
  ontvanger text,
  namens text,
  uitwisseling text,
  uitkomst text NOT NULL,
  PRIMARY KEY (log, idx)
);
CREATE INDEX leaf_transactie ON audit.leaf (transactie);
CREATE INDEX leaf_tijd ON audit.leaf (log, tijd);

-- Full tiles only (c2sp.org/tlog-tiles); partial ones are cut from leaf hashes.
CREATE TABLE audit.tile (
  log text COLLATE "C" NOT NULL,
  level smallint NOT NULL,
  n bigint NOT NULL,
  data bytea NOT NULL CHECK (length(data) = 8192),
  PRIMARY KEY (log, level, n)
);

-- HMACs of persons, cases and employees under the key of their month of destruction; nothing else.
CREATE TABLE audit.persoon (
  hmac bytea NOT NULL,
  idx bigint NOT NULL,
  log text COLLATE "C" NOT NULL,
  maand text COLLATE "C" NOT NULL
);
CREATE INDEX persoon_hmac ON audit.persoon (hmac);

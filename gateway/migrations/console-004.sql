-- Reasons to look (toetsing): computed out of the log, each for one organisation; no person, case or employee.
-- It may be emptied and made again: an id is made of what it is about. What officers did with it stands in the log.
CREATE TABLE console.hint (
  id uuid PRIMARY KEY,
  log text COLLATE "C" NOT NULL,
  soort text NOT NULL,
  -- For whom: it counts only what this organisation may see.
  oin text COLLATE "C" NOT NULL,
  maand date NOT NULL,
  tijd bigint NOT NULL,
  gevonden bigint NOT NULL,
  partijen text[] NOT NULL,
  uitwisselingen text[] NOT NULL,
  transacties uuid[] NOT NULL,
  aantal int NOT NULL,
  score double precision NOT NULL,
  cijfers jsonb NOT NULL
);
CREATE INDEX hint_oin ON console.hint (oin, log, soort, score DESC);

-- The last day on which the hints of each log were computed.
CREATE TABLE console.hint_stand (
  log text COLLATE "C" PRIMARY KEY,
  dag date NOT NULL
);

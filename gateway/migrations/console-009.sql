-- Files, messages, corrections and doubts in the copy: what kind of thing it is, its file and line, what became
-- of it as its receiver says, and who passed it on. Steps of a message carry the kind, file and line of the message.
ALTER TABLE console.transactie
  ADD COLUMN aard text COLLATE "C",
  ADD COLUMN levering uuid,
  ADD COLUMN regel bigint,
  ADD COLUMN afloop text COLLATE "C",
  ADD COLUMN via text[] NOT NULL DEFAULT '{}';

-- A hundred thousand lines of one file stand between the questions of a day: a search without them reads these alone.
CREATE INDEX transactie_los ON console.transactie (log, tijd, idx) WHERE regel IS NULL;
-- Of one file: its lines in order, each with its steps.
CREATE INDEX transactie_levering ON console.transactie (levering, regel, idx) WHERE levering IS NOT NULL;

-- How many lines of a file ended how, for whom: counted when their first record is read, once.
CREATE TABLE console.regeltelling (
  levering uuid NOT NULL,
  log text COLLATE "C" NOT NULL,
  verstrekker text COLLATE "C" NOT NULL,
  ontvanger text COLLATE "C" NOT NULL,
  namens text COLLATE "C" NOT NULL,
  -- aanvaard, geweigerd or onleesbaar
  uitkomst text COLLATE "C" NOT NULL,
  aantal bigint NOT NULL,
  PRIMARY KEY (levering, log, verstrekker, ontvanger, namens, uitkomst)
);

ALTER TABLE console.dagtelling ADD COLUMN aard text COLLATE "C";

-- Who passed on what was copied before.
UPDATE console.transactie t SET via = v.via, termen = t.termen || v.termen
FROM (
  SELECT l.log, l.idx, array_agg(o.oin) AS via, array_agg('via:' || o.oin) AS termen
  FROM audit.leaf l CROSS JOIN LATERAL jsonb_array_elements_text(l.tekst::jsonb -> 'via') AS o(oin)
  WHERE l.tekst LIKE '%"via":["%' GROUP BY 1, 2
) AS v WHERE v.log = t.log AND v.idx = t.idx;

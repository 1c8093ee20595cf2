-- Who is at the console now. `cookie` is a hash of what the browser holds, `officier` and `aanbieder` are
-- keyed hashes of what the identity provider calls them; `inhoud` is sealed. Nothing of it is evidence.
CREATE TABLE console.sessie (
  nummer uuid PRIMARY KEY,
  cookie bytea NOT NULL UNIQUE,
  officier text COLLATE "C" NOT NULL,
  aanbieder text COLLATE "C",
  inhoud text NOT NULL,
  begin bigint NOT NULL,
  gebruikt bigint NOT NULL
);
CREATE INDEX sessie_officier ON console.sessie (officier);
CREATE INDEX sessie_aanbieder ON console.sessie (aanbieder) WHERE aanbieder IS NOT NULL;
CREATE INDEX sessie_gebruikt ON console.sessie (gebruikt);

-- What an officer typed about a person, sealed; it goes with its session.
CREATE TABLE console.zoekvraag (
  nummer uuid PRIMARY KEY,
  sessie uuid NOT NULL REFERENCES console.sessie ON DELETE CASCADE,
  inhoud text NOT NULL
);
CREATE INDEX zoekvraag_sessie ON console.zoekvraag (sessie);

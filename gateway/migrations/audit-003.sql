-- Destruction of a month (design §5). The gateway's role may neither change nor remove rows of the log; these two
-- functions of the owner do the one thing that it may ask: forget a month that is over, once its end is recorded.
CREATE TABLE audit.vernietiging (
  naam text COLLATE "C" NOT NULL,
  maand text COLLATE "C" NOT NULL,
  beurt bigint NOT NULL,  -- until when one worker has the turn to record it
  vergeten bigint,        -- when the rows of the search index were removed
  rijen bigint,           -- how many
  PRIMARY KEY (naam, maand)
);

CREATE INDEX leaf_vernietiging ON audit.leaf (log, idx) WHERE soort = 'sleutelvernietiging';

-- By the clock of the database: one process with a wrong clock destroys nothing.
CREATE FUNCTION audit.voorbij(die text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT die ~ '^\d{4}-(0[1-9]|1[0-2])$'
    AND die COLLATE "C" < to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM') COLLATE "C"
$$;

-- Of several workers one records: true for who asks first, and again after a minute without an end.
CREATE FUNCTION audit.beurt(van text, die text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  nu bigint := (extract(epoch FROM clock_timestamp()) * 1000)::bigint;
BEGIN
  IF NOT audit.voorbij(die) THEN RAISE EXCEPTION 'the month is not over'; END IF;
  INSERT INTO audit.vernietiging AS v (naam, maand, beurt) VALUES (van, die, nu + 60000)
  ON CONFLICT (naam, maand) DO UPDATE SET beurt = excluded.beurt WHERE v.beurt <= nu;
  RETURN FOUND;
END $$;

-- Removes what the search index holds of a month, once; how many rows that were.
CREATE FUNCTION audit.vergeet(van text, die text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  aantal bigint;
BEGIN
  IF NOT audit.voorbij(die) THEN RAISE EXCEPTION 'the month is not over'; END IF;
  IF NOT EXISTS (
    SELECT FROM audit.leaf f JOIN audit.log l ON l.log = f.log
    WHERE l.naam = van AND f.soort = 'sleutelvernietiging'
      AND f.tekst::jsonb -> 'handeling' ->> 'maand' = die
  ) THEN RAISE EXCEPTION 'the destruction is not recorded'; END IF;
  INSERT INTO audit.vernietiging (naam, maand, beurt) VALUES (van, die, 0) ON CONFLICT DO NOTHING;
  PERFORM FROM audit.vernietiging WHERE naam = van AND maand = die AND vergeten IS NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN 0; END IF;
  DELETE FROM audit.persoon p USING audit.log l WHERE l.log = p.log AND l.naam = van AND p.maand = die;
  GET DIAGNOSTICS aantal = ROW_COUNT;
  UPDATE audit.vernietiging SET rijen = aantal,
    vergeten = (extract(epoch FROM clock_timestamp()) * 1000)::bigint
  WHERE naam = van AND maand = die;
  RETURN aantal;
END $$;

REVOKE ALL ON FUNCTION audit.voorbij(text), audit.beurt(text, text), audit.vergeet(text, text) FROM PUBLIC;

-- Which transactions a breach touched, made out of its record: may be emptied and made again, no persons.
CREATE TABLE console.datalek (
  datalek uuid NOT NULL,  -- transaction of the record
  log text COLLATE "C" NOT NULL,
  idx bigint NOT NULL,
  PRIMARY KEY (log, idx, datalek)
);
CREATE INDEX datalek_datalek ON console.datalek (datalek);

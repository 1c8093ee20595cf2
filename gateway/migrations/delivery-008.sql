-- A correction that names itself (Idempotency-Key) is carried out once: what was said of each earlier receiver.
-- Nobody it is about stands here; keyed pseudonyms tell one call from another.
create table delivery.correctie (
  correctie uuid primary key,           -- transaction of the call that began it
  idempotentie text collate "C" not null unique,
  lichaam text collate "C" not null,    -- of the whole body: the same name for another one is refused
  aangenomen bigint not null,           -- who was given something after this is none of its receivers
  houder text collate "C" not null,     -- the call that carries it out now
  lease bigint not null                 -- until when, by the clock of the database
);

create table delivery.correctiedeel (
  correctie uuid not null,
  deel text collate "C" not null,       -- keyed pseudonym of exchange, receiver and principal
  uitkomst text collate "C" not null,   -- aanvaard or geweigerd
  transactie text collate "C" not null,
  verslag text,                         -- reasons as they were told: base64url of JSON
  primary key (correctie, deel)
);

-- Requests that take time (design §6): the truth of which the queue is only a doorbell.
create schema delivery;

-- One row per accepted request. Who it is about stands in `verzegeld` and `antwoord` alone, and goes with them.
create table delivery.verzoek (
  verzoek uuid primary key,
  log text collate "C" not null,
  uitwisseling text collate "C" not null,
  partij text collate "C" not null,     -- OIN of who asked
  wachtrij text collate "C" not null,   -- whom the next step goes to; one and the same for the confidential log
  staat text collate "C" not null,
  stand bigint not null,                -- raised by every change: a commit names the one it saw
  door text collate "C" not null,       -- transaction of the last recorded step
  houder text collate "C",              -- claim that raised it last
  lease bigint not null,                -- until when a worker holds it, by the clock of the database
  vanaf bigint,                         -- when it must be looked at next; null = never
  opnieuw bigint,                       -- when its partner may be tried again; null = at once
  melden bigint,                        -- when its asker may be told again; null = at once
  aangenomen bigint not null,
  gewijzigd bigint not null,
  uiterlijk bigint not null,
  bewaren_tot bigint,                   -- until when the answer waits
  pogingen bigint not null,
  herinnerd bigint not null,
  epoch text collate "C" not null,      -- what decided last
  aflevering uuid not null,             -- delivery id, fixed at acceptance
  idempotentie text collate "C" unique, -- keyed pseudonym of party, exchange and Idempotency-Key
  lichaam text collate "C" not null,    -- keyed pseudonym of the body as it came
  inhoud text collate "C" not null,     -- salted hash that an approver signs
  verzegeld text,                       -- sealed request; null once it is gone
  antwoord text,                        -- compact JWE; null until it is there, and once it is gone
  kenmerk text,                         -- sealed reference of a source that answers later
  reden text,                           -- why it ended
  gemeld text                           -- the last state its asker was told
) with (fillfactor = 70);

create index verzoek_vanaf on delivery.verzoek (vanaf) where vanaf is not null;
create index verzoek_open on delivery.verzoek (epoch) where verzegeld is not null;
create index verzoek_gewijzigd on delivery.verzoek (gewijzigd) where verzegeld is null;

create table delivery.goedkeuring (
  verklaring text collate "C" primary key,  -- hash of the signed statement: each counts once
  verzoek uuid not null,
  goedkeurder text collate "C" not null,    -- keyed pseudonym
  functie text collate "C" not null,
  tijd bigint not null,
  tot bigint not null
);

create index goedkeuring_verzoek on delivery.goedkeuring (verzoek);

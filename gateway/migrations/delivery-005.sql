-- Messages that wait (design §3.4): found oldest first, and ended by one worker at a time.

alter table delivery.bericht add column lease bigint not null default 0; -- until when a worker is ending it, by the clock of the database

create index bericht_oudste on delivery.bericht (ontvanger, bericht) where verzegeld is not null;

-- When a receiver was last told that messages wait for it.
create table delivery.berichtmelding (
  ontvanger text collate "C" not null,
  uitwisseling text collate "C" not null,
  gemeld bigint not null,
  primary key (ontvanger, uitwisseling)
);

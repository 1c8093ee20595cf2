-- Systematic supply (design §3.4): files of lines, the outcome of each line, and what waits for each receiver.

-- One row per file that a party hands in, or that we fetch. Nobody it is about stands in it.
create table delivery.levering (
  levering uuid primary key,
  log text collate "C" not null,
  uitwisseling text collate "C" not null,
  partij text collate "C" not null,     -- OIN of who brings the lines
  richting text collate "C" not null,   -- ingediend or opgehaald
  staat text collate "C" not null,
  stand bigint not null,                -- raised by who takes the reading over
  houder text collate "C",
  lease bigint not null,                -- until when somebody is reading, by the clock of the database
  begonnen bigint not null,
  gewijzigd bigint not null,
  epoch text collate "C" not null,
  gelezen bigint not null,              -- lines before which every line has its outcome
  bytes bigint not null,                -- where the next line begins
  regels_totaal bigint,                 -- as the sender said; null = unknown
  bytes_totaal bigint,
  idempotentie text collate "C" unique, -- keyed pseudonym of party, exchange and what names the file
  kenmerk text                          -- fetched: sealed name of the file at its holder
) with (fillfactor = 70);

create index levering_partij on delivery.levering (partij, levering);
create index levering_open on delivery.levering (gewijzigd) where staat <> 'afgerond';

-- The outcome of each line; commits with its record.
create table delivery.regel (
  levering uuid not null,
  regel bigint not null,
  uitkomst text collate "C" not null,   -- aanvaard, geweigerd or onleesbaar
  transactie text collate "C" not null,
  gemarkeerd boolean not null,
  lichaam text collate "C" not null,    -- keyed pseudonym of the line as it came
  verslag text,                         -- reasons, faults and marks as they are told: base64url of JSON
  primary key (levering, regel)
);

-- One row per message for one receiver. Who it is about stands in `verzegeld` alone, and goes with it.
create table delivery.bericht (
  bericht uuid primary key,             -- transaction of its acceptance
  soort text collate "C" not null,      -- levering, signaal, correctie or terugmelding
  log text collate "C" not null,
  uitwisseling text collate "C" not null,
  verstrekker text collate "C" not null,
  ontvanger text collate "C" not null,
  staat text collate "C" not null,
  stand bigint not null,                -- raised by every change: a commit names the one it saw
  door text collate "C" not null,       -- transaction of the last recorded step
  aangenomen bigint not null,
  gewijzigd bigint not null,
  bewaren_tot bigint not null,          -- until when it may be picked up
  geldig_tot bigint,                    -- until when a signaal may be judged; null = it is none
  afloop text collate "C",              -- what became of it, as its receiver says
  verzegeld text                        -- null once it is gone
) with (fillfactor = 70);

create index bericht_wacht on delivery.bericht (ontvanger, uitwisseling, bericht) where verzegeld is not null;
create index bericht_ontvanger on delivery.bericht (ontvanger, bericht);
create index bericht_bewaren on delivery.bericht (bewaren_tot) where verzegeld is not null;
create index bericht_geldig on delivery.bericht (geldig_tot) where staat in ('ontvangen', 'opgehaald', 'signaal');

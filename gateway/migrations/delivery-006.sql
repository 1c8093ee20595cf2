-- Of each exchange whose files are fetched: how it stands with the files of one period. Nobody they are about stands in it.
create table delivery.ophaalronde (
  uitwisseling text collate "C" not null,
  periode text collate "C" not null,    -- JJJJ-MM or JJJJ-MM-DD
  staat text collate "C" not null,      -- open, gereed or mislukt
  vanaf bigint not null,                -- when to look again
  pogingen bigint not null,             -- failures in a row
  houder text collate "C",
  lease bigint not null,                -- until when somebody is fetching, by the clock of the database
  gewijzigd bigint not null,
  primary key (uitwisseling, periode)
) with (fillfactor = 70);

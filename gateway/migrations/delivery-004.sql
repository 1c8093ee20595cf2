-- Since when, and from where, a file is being read now: its pace is that of this reading alone.
alter table delivery.levering
  add column hervat bigint,
  add column hervat_regel bigint not null default 0,
  add column hervat_byte bigint not null default 0;

-- Of one party and exchange one file is read at a time.
create index levering_leest on delivery.levering (partij, uitwisseling) where lease > 0;

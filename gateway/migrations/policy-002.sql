-- What a principal used of its limits, and how many persons it asked about. All of it ends and is erasable.
-- No constraint but the keys that the statement of the log itself resolves: no row may fail its group (design §5).

-- A counter per case and legal day, or per party and clock hour. `vervalt` never changes, so a raise is a
-- heap-only update.
create table policy.quota_use (
  sleutel text collate "C" primary key,  -- keyed pseudonym of the principal (and case), exchange and day or hour
  aantal bigint not null,
  vervalt bigint not null
) with (fillfactor = 50);

create index quota_use_vervalt on policy.quota_use (vervalt);

-- A person that a principal asked about in an exchange counts once in thirty days.
create table policy.person_seen (
  sleutel text collate "C" primary key,  -- keyed pseudonym of principal, exchange and person
  groep text collate "C" not null,       -- keyed pseudonym of principal and exchange
  dag integer not null,                  -- legal day on which the person was counted, in days since 1970
  vervalt bigint not null
);

create index person_seen_vervalt on policy.person_seen (vervalt);

-- How many persons were counted per day.
create table policy.person_day (
  groep text collate "C" not null,
  dag integer not null,
  aantal bigint not null,
  vervalt bigint not null,
  primary key (groep, dag)
) with (fillfactor = 50);

create index case_fact_vervalt on policy.case_fact (vervalt);
create index person_day_vervalt on policy.person_day (vervalt);

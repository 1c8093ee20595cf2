-- Case facts: which rungs of the ladder a disclosure opened or closed. Erasable, and never part of a leaf.
-- No constraint beyond the types: no row may be able to fail the group it commits with (design §5).
create schema if not exists policy;

create table policy.case_fact (
  sleutel text not null,        -- keyed pseudonym of principal, exchange, case and person
  uitwisseling text not null,
  trede text not null,
  open boolean not null,
  tijd bigint not null,
  vervalt bigint not null
);

create index case_fact_sleutel on policy.case_fact (sleutel, uitwisseling, trede, tijd desc);

-- Every policy set that was ever active, by its digest: its files as they were.
create table policy.policy_set (
  digest text primary key,
  tijd bigint not null,
  bestanden jsonb not null
);

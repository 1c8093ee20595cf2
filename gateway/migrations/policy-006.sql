-- Who does not want to be approached for a purpose (AVG art. 21): one register for every body of the exchanges that heed it.
-- Erasable. No constraint but the key that the statement of the log itself resolves: no row may fail its group (design §5).
create table policy.opt_out (
  sleutel text collate "C" primary key,  -- keyed pseudonym of purpose and person, of no organisation
  vanaf bigint not null,
  vervalt bigint not null                -- its term, or when it was lifted
);

create index opt_out_vervalt on policy.opt_out (vervalt);

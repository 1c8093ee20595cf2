-- Every state the emergency brake was ever in, by the digest of its text. What is in force only the log says.
create table policy.brake_state (
  id text collate "C" primary key,
  tijd bigint not null,
  staat text not null
);

-- Partners for whom an operator stopped all work, in every process.
create table delivery.pauze (
  wachtrij text collate "C" primary key,
  sinds bigint not null
);

-- What decides is looked up in the newest of these few leaves, however long the log is.
CREATE INDEX leaf_epoch ON audit.leaf (log, idx)
  WHERE soort IN ('beleidsactivering', 'noodrem', 'noodrem-vrijgave');

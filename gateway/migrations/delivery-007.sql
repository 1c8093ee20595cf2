-- What waits for a receiver, or for what it says of it, is few among all that was ever handed over.
CREATE INDEX bericht_open_ontvanger ON delivery.bericht (ontvanger, staat)
  WHERE staat IN ('ontvangen', 'opgehaald', 'signaal');
CREATE INDEX bericht_open_verstrekker ON delivery.bericht (verstrekker, staat)
  WHERE staat IN ('ontvangen', 'opgehaald', 'signaal');
-- Which lines of a file were marked.
CREATE INDEX regel_gemarkeerd ON delivery.regel (levering, regel) WHERE gemarkeerd;

-- What the first start made, so that a restart does not make it again after somebody has changed or removed it.
CREATE TABLE api_seed (
  name    text PRIMARY KEY,
  made_at timestamptz NOT NULL DEFAULT now()
);
-- a store that has signed tokens before has had its administrator's client
INSERT INTO api_seed (name) SELECT 'admin-client' WHERE EXISTS (SELECT FROM signing_key) OR EXISTS (SELECT FROM api_client);

-- One-time codes that sign the page in: what a link may carry in place of a token.
CREATE TABLE sign_in_code (
  hash       text PRIMARY KEY,
  client_id  text NOT NULL,
  expires_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, DELETE ON api_seed, sign_in_code TO loadcycle_control;

-- Clients whose id is no name in a URL: they could be made, but neither read, disabled nor removed.
DELETE FROM api_client WHERE id ~ '^\.+$';

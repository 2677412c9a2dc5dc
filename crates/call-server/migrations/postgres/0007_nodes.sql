-- Which nodes are alive, and which devices are connected to them. Lost in a crash of the database, and told anew by every
-- node at its next beat.

CREATE UNLOGGED TABLE IF NOT EXISTS nodes (
  id UUID PRIMARY KEY,
  beat TIMESTAMPTZ NOT NULL
);

CREATE UNLOGGED TABLE IF NOT EXISTS node_devices (
  user_id UUID NOT NULL,
  device_id TEXT NOT NULL,
  node UUID NOT NULL,
  -- Which connection of this device to its node it is, so that the end of an older one changes nothing.
  visit BIGINT NOT NULL,
  since TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (user_id, device_id)
);

CREATE INDEX IF NOT EXISTS idx_node_devices_node ON node_devices(node);

ALTER TABLE nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE node_devices ENABLE ROW LEVEL SECURITY;

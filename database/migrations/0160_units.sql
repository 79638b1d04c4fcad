-- A signal's numbers are stored in the unit that it had first; the unit that its definition says may be another one
-- since (docs/decisions/0250-units-are-converted-at-the-door.md).
-- units: {"conversion": {"factor", "divisor", "offset"}, "former": {"mV": {…}}}. conversion: number stored → number in
-- `unit`; former: the same of the units before, in which batches are still taken. Null: stored in `unit`.
ALTER TABLE signal ADD COLUMN units jsonb;
-- conversion, as it was with this version; correction: what made it, where its unit was corrected.
ALTER TABLE signal_version ADD COLUMN conversion jsonb;
ALTER TABLE signal_version ADD COLUMN correction text CHECK (correction IN ('relabel', 'convert'));

CREATE OR REPLACE VIEW signal_path AS
  SELECT g.id AS signal_id, s.name AS site, d.name AS device, g.name AS signal, g.unit, g.definition, g.version,
         g.units->'conversion' AS conversion
  FROM signal g JOIN device d ON d.id = g.device_id JOIN site s ON s.id = d.site_id;

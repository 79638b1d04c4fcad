-- Where a hypertable's chunks lie in time, oldest first, as µs since the epoch: what reads and maintenance cut long
-- ranges by (database/chunk-walk.ts). Straight from the catalogue: the view timescaledb_information.chunks takes six
-- times as long with 1,000 chunks. No chunk reaches out of what a bigint holds; the outermost may begin or end at its
-- limits, so callers clip.
CREATE FUNCTION chunk_ranges(hypertable text, from_us bigint, to_us bigint)
RETURNS TABLE (begins bigint, ends bigint) LANGUAGE sql STABLE
AS $$
  SELECT s.range_start, s.range_end
  FROM _timescaledb_catalog.hypertable h
  JOIN _timescaledb_catalog.dimension d ON d.hypertable_id = h.id
  JOIN _timescaledb_catalog.dimension_slice s ON s.dimension_id = d.id
  WHERE h.schema_name = 'public' AND h.table_name = hypertable AND s.range_end > from_us AND s.range_start < to_us
  ORDER BY s.range_start
$$;

GRANT EXECUTE ON FUNCTION chunk_ranges(text, bigint, bigint) TO loadcycle_writer, loadcycle_reader;

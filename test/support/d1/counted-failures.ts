/** SQL: the failures in a row of a row of job_state, wherever they are kept. */
export const FAILURES = `coalesce((
  SELECT json_extract(value, '$[1]') FROM instance, json_each(instance.failure_counters)
  WHERE json_extract(value, '$[0]') = job AND json_extract(value, '$[1]') > failures
    AND json_extract(value, '$[2]') IS first_failure_at AND NOT succeeding
), failures) AS failures`;

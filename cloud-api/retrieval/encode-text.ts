import { qualityClass, qualityReason } from '@loadcycle/contract';
import type { SampleBlock } from './blocks.ts';

const PADDED = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));

/**
 * Times of a block as text: the part to the second is made once for each second, so that a million rows cost no
 * million dates.
 */
function timeWriter(): (us: number) => string {
  let second = Number.NaN;
  let head = '';
  return (us) => {
    const s = Math.floor(us / 1e6);
    if (s !== second) {
      second = s;
      head = `${new Date(s * 1000).toISOString().slice(0, 20)}`;
    }
    const rest = us - s * 1e6;
    const ms = Math.floor(rest / 1000);
    return `${head}${PADDED[ms]}${PADDED[rest - ms * 1000]}Z`;
  };
}

const QUALITIES = Array.from({ length: 256 }, (_, code) => {
  const name = qualityClass(code);
  const reason = name === 'good' ? null : qualityReason(code);
  return {
    json: `","quality":"${name}"${reason === null ? '' : `,"reason":"${reason}"`}`,
    csv: `,${name},${reason ?? ''}\n`,
  };
});

/** A row's end: `"quality":…}` after the value. */
const tails = QUALITIES.map((q) => `${q.json.slice(1)}}\n`);

/** One JSON object a line, with the fields of the JSON answer's samples. */
export function ndjsonOf(block: SampleBlock): string {
  const time = timeWriter();
  const { atUs, value, quality, count } = block;
  let text = '';
  for (let i = 0; i < count; i++) {
    const v = value[i]!;
    const tail = quality === null ? '}\n' : tails[quality[i]!];
    text += `{"t":"${time(atUs[i]!)}","value":${Number.isNaN(v) ? 'null' : v}${tail}`;
  }
  return text;
}

export const csvHead = (qualities: boolean): string => (qualities ? 't,value,quality,reason\n' : 't,value\n');

/** RFC 4180 with LF; an empty value where the sensor gave none. */
export function csvOf(block: SampleBlock): string {
  const time = timeWriter();
  const { atUs, value, quality, count } = block;
  let text = '';
  for (let i = 0; i < count; i++) {
    const v = value[i]!;
    text += `${time(atUs[i]!)},${Number.isNaN(v) ? '' : v}${quality === null ? '\n' : QUALITIES[quality[i]!]!.csv}`;
  }
  return text;
}

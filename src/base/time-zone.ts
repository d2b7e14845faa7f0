/** Time zones by name (`Europe/Berlin`) or offset (`+01:00`): how far their clocks are ahead of UTC. */

const formats = new Map<string, Intl.DateTimeFormat | undefined>();

/** Milliseconds that a zone without daylight saving is ahead of UTC: `Z`, `UTC`, `GMT`, `+01:00`, `+0100`, `+01`; undefined for others. */
export function fixedOffsetMs(zone: string): number | undefined {
  if (/^(?:Z|UTC|GMT)$/i.test(zone)) return 0;
  const fixed = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (fixed === null) return undefined;
  const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
  return (fixed[1] === '-' ? -minutes : minutes) * 60e3;
}

/** True for a zone that clocks can be told of: UTC, an offset, or an IANA name with a `/`. */
export function isTimeZone(zone: string): boolean {
  return fixedOffsetMs(zone) !== undefined || zoneFormat(zone) !== undefined;
}

/** Milliseconds that a zone's clocks are ahead of UTC at an instant; undefined for a zone nobody knows. */
export function zoneOffsetMs(zone: string, instantMs: number): number | undefined {
  const fixed = fixedOffsetMs(zone);
  if (fixed !== undefined) return fixed;
  const format = zoneFormat(zone);
  if (format === undefined) return undefined;
  const part = new Map(format.formatToParts(instantMs).map((p) => [p.type, Number(p.value)]));
  const at = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0;
  const shown = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  return shown - Math.floor(instantMs / 1e3) * 1e3;
}

function zoneFormat(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) formats.set(zone, zone.includes('/') ? newZoneFormat(zone) : undefined);
  return formats.get(zone);
}

function newZoneFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  } catch {
    return undefined;
  }
}

/** What one field of a site file may hold. Each check says how the value goes wrong, or null. */
import { z } from 'zod';
import type { RecordType } from '../core/site';
import { type Finding, shown } from './parse-fault';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** Service labels of SRV records begin with an underscore (RFC 2782). */
const SERVICE_LABEL = /^_?[a-z0-9]([a-z0-9-]{0,60}[a-z0-9])?$/;

export const isAddress = (text: string): boolean =>
  z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;

/** A host that calls can be sent to: a name, not an address. */
export function hostFinding(host: string): Finding | null {
  if (isAddress(host)) return { wrong: `is the address ${shown(host)}, not a host name`, mend: 'Write a host name' };
  return nameFinding(host, LABEL);
}

export const recordNameFinding = (name: string): Finding | null => nameFinding(name, SERVICE_LABEL);

function nameFinding(name: string, label: RegExp): Finding | null {
  if (name.endsWith('.')) return { wrong: `${shown(name)} ends with a dot`, mend: 'Leave the last dot out' };
  const labels = name.split('.');
  if (name.length > 253 || labels.length < 2 || !labels.every((part) => label.test(part))) {
    return { wrong: `${shown(name)} is not a full host name`, mend: 'Write it like sip.example.com' };
  }
  return null;
}

/** A value of a record set in zone-file form, already in lower case. */
export function recordValueFinding(type: RecordType, value: string): Finding | null {
  switch (type) {
    case 'SRV':
      return srvFinding(value);
    case 'CNAME':
      return hostFinding(value);
    case 'A':
      return z.ipv4().safeParse(value).success ? null : noAddress(value, 'an IPv4 address like 192.0.2.10');
    case 'NAPTR':
      return naptrFinding(value);
    case 'AAAA':
      return z.ipv6().safeParse(value).success ? null : noAddress(value, 'an IPv6 address like 2001:db8::10');
  }
}

const noAddress = (value: string, wanted: string): Finding => ({
  wrong: `${shown(value)} is not an address of that type`,
  mend: `Write ${wanted}`,
});

/** RFC 3403 section 4: order, preference, flags, service, regexp, replacement. */
function naptrFinding(value: string): Finding | null {
  const parts = /^(\d{1,5}) (\d{1,5}) "[a-z0-9]*" "[a-z0-9+.:-]*" "[^"]*" (\S+)$/.exec(value);
  const figures = parts ? [parts[1], parts[2]] : [];
  if (parts && figures.every((figure) => Number(figure) <= 65535)) return null;
  return {
    wrong: `${shown(value)} is not a NAPTR value`,
    mend: 'Write order, preference, "flags", "service", "regexp" and replacement, like 10 10 "s" "sip+d2t" "" _sip._tcp.example.com',
  };
}

function srvFinding(value: string): Finding | null {
  const [priority, weight, port, target, ...more] = value.split(' ');
  if (target === undefined || more.length > 0) {
    return {
      wrong: `${shown(value)} has not four parts`,
      mend: 'Write "priority weight port host", like 10 0 5060 sip.example.com',
    };
  }
  for (const [name, figure, least] of [
    ['priority', priority, 0],
    ['weight', weight, 0],
    ['port', port, 1],
  ] as const) {
    if (!/^\d{1,5}$/.test(figure ?? '') || Number(figure) < least || Number(figure) > 65535) {
      return {
        wrong: `${shown(value)} has the ${name} ${shown(figure)}`,
        mend: `Write a ${name} from ${least} to 65535`,
      };
    }
  }
  const host = hostFinding(target);
  return host && { wrong: `${shown(value)} has a target that cannot be one: ${host.wrong}`, mend: host.mend };
}

export function ttlFinding(ttl: number): Finding | null {
  if (ttl > 60) return null;
  return {
    wrong: `is ${ttl}; at 60 seconds and below DNS providers limit the rate and resolvers' caches thrash`,
    mend: 'Write 61 or more; the TTL outside a migration is usually 300 to 86400',
  };
}

/** RFC 3263 section 4.3: whoever meets a 503 goes elsewhere, so it is never a yes. */
export function expectedAnswerFinding(status: number): Finding | null {
  if (status !== 503) return null;
  return { wrong: 'is 503, by which a gateway says that it takes no calls now', mend: 'Take it out of the list' };
}

export function retryFinding(seconds: number): Finding | null {
  if (seconds >= 30) return null;
  return {
    wrong: `is ${seconds}; endpoints that try again sooner than every 30 seconds amplify a registration storm`,
    mend: 'Set the endpoints to 30 seconds or more and write that here',
  };
}

export function e164Finding(number: string): Finding | null {
  if (/^\+[1-9]\d{6,14}$/.test(number)) return null;
  return { wrong: `${shown(number)} is not an E.164 number`, mend: "Write it like '+12175550100', in quotes" };
}

export function idFinding(id: string): Finding | null {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return null;
  return {
    wrong: `${shown(id)} is not an id`,
    mend: "Copy the id from the platform's address bar or API, like 5f3a0000-0000-4000-8000-00000000000a",
  };
}

export function slackIdFinding(id: string): Finding | null {
  if (/^[UWS][A-Z0-9]{2,}$/.test(id)) return null;
  return {
    wrong: `${shown(id)} is not a Slack user id or user group id`,
    mend: 'Write the id (U..., W... or S...), not the name; "Copy member ID" in the profile shows it',
  };
}

export function bareFileFinding(name: string): Finding | null {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/.test(name) && !name.includes('..')) return null;
  return {
    wrong: `${shown(name)} is not a bare file name`,
    mend: 'Write the name of a file that lies beside this one, without a folder',
  };
}

/** Names of sites end up in wave ids, in Redis keys and in job ids. */
export function siteNameFinding(name: string): Finding | null {
  if (/-wave-\d+$/.test(name))
    return { wrong: `${shown(name)} looks like the id of a wave`, mend: 'Choose a name without "-wave-"' };
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) && name.length <= 40) return null;
  return {
    wrong: `${shown(name)} is not a site's name`,
    mend: 'Use up to 40 small letters and digits, with single dashes between',
  };
}

export function wordFinding(word: string): Finding | null {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(word)) return null;
  return { wrong: `${shown(word)} is not a plain name`, mend: 'Use letters, digits, dots, dashes and underscores' };
}

export function lineFinding(text: string): Finding | null {
  if (text.trim() === '') return { wrong: 'is empty', mend: 'Write a text' };
  if (/[\r\n\t]/.test(text)) return { wrong: 'runs over more than one line', mend: 'Write it on one line' };
  if (text.length > 120) return { wrong: `has ${text.length} characters; 120 is the most`, mend: 'Shorten it' };
  return null;
}

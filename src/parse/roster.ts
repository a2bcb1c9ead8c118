import type { SiteAgent } from '../core/site';
import { codePointName, controlCharacterAt } from './characters';
import { bad, type Finding, good, type Parsed, type ParseFault, shown } from './parse-fault';
import { idFinding, wordFinding } from './site-fields';

const COLUMNS = ['agent', 'user', 'phone', 'group'] as const;
const LARGEST_ROSTER_BYTES = 4 * 1024 * 1024;

/** An agent with the line of the roster on which it stands. */
export interface RosterLine {
  readonly agent: SiteAgent;
  readonly line: number;
}

type Column = (typeof COLUMNS)[number];

interface Cell {
  readonly text: string;
  readonly place: string;
}

/**
 * A roster: a header line `agent,user,phone,group`, then one agent a line. Cells hold no commas and no quotes. `idCheck`
 * says what is wrong with a user's or a phone's id, which depends on the platform.
 */
export function parseRoster(
  text: string,
  file: string,
  idCheck: (text: string) => Finding | null = (id) => idFinding(id.toLowerCase()),
): Parsed<readonly RosterLine[]> {
  if (text.length > LARGEST_ROSTER_BYTES) {
    return bad({
      place: file,
      wrong: `the roster has ${text.length} characters; 4 MiB is the most`,
      mend: 'Hand in a smaller file',
    });
  }
  const [header = '', ...rows] = text.replace(/^\ufeff/, '').split(/\r?\n/);
  if (header.trim() !== COLUMNS.join(',')) {
    return bad({
      place: `${file}:1:1`,
      wrong: `the first line is ${shown(header)}`,
      mend: `Begin the file with "${COLUMNS.join(',')}"`,
    });
  }
  // One line end may close the file; another empty line is a blank row.
  if (rows.at(-1) === '') rows.pop();
  if (rows.length === 0)
    return bad({ place: `${file}:1:1`, wrong: 'the roster has no agent', mend: 'Write one agent a line' });
  const faults: ParseFault[] = [];
  const seen = new Map<string, number>();
  const lines = rows.flatMap((row, i) => rosterLine(row, i + 2, { file, idCheck }, seen, faults));
  return faults.length === 0 ? good(lines) : bad(...faults);
}

function rosterLine(
  row: string,
  line: number,
  { file, idCheck }: { readonly file: string; readonly idCheck: (text: string) => Finding | null },
  seen: Map<string, number>,
  faults: ParseFault[],
): readonly RosterLine[] {
  const rowFault = rowFinding(row);
  if (rowFault) {
    faults.push({ place: `${file}:${line}:1`, ...rowFault });
    return [];
  }
  const cells = cellsOf(row, line, file);
  for (const column of COLUMNS) faults.push(...cellFaults(column, cells[column], line, seen, idCheck));
  const { agent, user, phone, group } = cells;
  return [
    {
      line,
      agent: { agent: agent.text, user: user.text.toLowerCase(), phone: phone.text.toLowerCase(), group: group.text },
    },
  ];
}

function rowFinding(row: string): Finding | null {
  if (row.trim() === '') return { wrong: 'the line is blank', mend: 'Take it out' };
  const control = controlCharacterAt(row);
  if (control >= 0)
    return { wrong: `a control character (${codePointName(row, control)}) stands here`, mend: 'Take it out' };
  if (row.includes('"')) return { wrong: 'the line has a quote', mend: 'Write cells without quotes and commas' };
  const cells = row.split(',').length;
  if (cells === COLUMNS.length) return null;
  return { wrong: `the line has ${cells} cells, not ${COLUMNS.length}`, mend: `Write ${COLUMNS.join(',')}` };
}

function cellsOf(row: string, line: number, file: string): Readonly<Record<Column, Cell>> {
  let column = 1;
  const [agent, user, phone, group] = row.split(',').map((text): Cell => {
    const place = `${file}:${line}:${column}`;
    column += text.length + 1;
    return { text: text.trim(), place };
  });
  const none: Cell = { text: '', place: `${file}:${line}:1` };
  return { agent: agent ?? none, user: user ?? none, phone: phone ?? none, group: group ?? none };
}

const FORMS: Readonly<Record<'agent' | 'group', (text: string) => Finding | null>> = {
  agent: (text) => (text.length <= 100 ? null : { wrong: 'is longer than 100 characters', mend: 'Shorten it' }),
  group: wordFinding,
};

function cellFaults(
  column: Column,
  cell: Cell,
  line: number,
  seen: Map<string, number>,
  idCheck: (text: string) => Finding | null,
): readonly ParseFault[] {
  const { text, place } = cell;
  if (text === '') return [{ place, wrong: `${column} is blank`, mend: `Write the ${column} of this agent` }];
  const finding = column === 'agent' || column === 'group' ? FORMS[column](text) : idCheck(text);
  if (finding) return [{ place, wrong: `${column} ${finding.wrong}`, mend: finding.mend }];
  if (column === 'group') return [];
  const key = `${column} ${text.toLowerCase()}`;
  const first = seen.get(key);
  seen.set(key, first ?? line);
  if (first === undefined) return [];
  return [{ place, wrong: `${column} ${shown(text)} stands on line ${first} already`, mend: 'Keep one of the two' }];
}

import type { AuditComparison, AuditScope } from '../src/core/compare-audits';
import { boundedLines, type SectionBlock, section } from './blocks';
import { sign } from './emoji';
import { code, escaped } from './escape';
import { count } from './names';
import { slackDate } from './times';

/** `none`: it keeps no audit, or our client may not see it. */
export type PlatformAudit =
  | ({ readonly kind: 'compared'; readonly scope: AuditScope } & AuditComparison)
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly why: string };

/** The platform's audit against our log: who else was there, and what of ours it does not show. */
export function platformAuditSection(audit: PlatformAudit): SectionBlock {
  switch (audit.kind) {
    case 'none':
      return section(
        `${sign('white_circle')} *The platform shows no audit* to the bot's client; nothing was compared.`,
      );
    case 'unknown':
      return section(`${sign('white_circle')} *Not compared with the platform's audit:* ${escaped(audit.why, 300)}`);
    case 'compared':
      return compared(audit);
  }
}

function compared({ scope, byOthers, ours, notShown }: Extract<PlatformAudit, { kind: 'compared' }>): SectionBlock {
  const others = byOthers.map(({ object, change }) => {
    const fields = change.fields.length > 0 ? ` (${escaped(change.fields.join(', '), 120)})` : '';
    return `• ${slackDate(change.at)} ${escaped(object.name, 80)}: ${escaped(change.action, 40)}${fields} by ${escaped(change.by, 80)}`;
  });
  const missing = notShown.map(
    ({ at, object }) => `• ${slackDate(at)} ${escaped(object.name, 80)}: written by the bot`,
  );
  const more = (left: number): string => `… and ${left} more`;
  const shown = (lines: readonly string[]): string => boundedLines(lines, { lines: 12, chars: 1200, more });
  const objects = count(scope.objects.length, 'object');
  if (others.length === 0 && missing.length === 0) {
    return section(
      `${sign('white_check_mark')} *The platform's audit agrees:* nobody else changed the ${objects} of this wave, and it shows what the bot wrote (${count(ours, 'change')}).`,
    );
  }
  return section(
    ...(others.length > 0
      ? [`${sign('warning')} *Changed by others during the wave*, by the platform's audit:`, shown(others)]
      : [`${sign('white_check_mark')} *Nobody else* changed the ${objects} of this wave, by the platform's audit.`]),
    ...(missing.length > 0
      ? [
          `${sign('white_circle')} *Written by the bot, and not in the platform's audit*, which follows some minutes late (${code(String(ours))} are in it):`,
          shown(missing),
        ]
      : []),
  );
}

import type { Json } from '../../src/core/json';
import type { RecordState } from '../../src/core/record-values';
import type { SiteRecord } from '../../src/core/site';
import { questionOf } from './record-sets';
import type { StepContext } from './step-work';

/** A record's way through the cutover: what the plan was made against, and what it is to become. */
export interface PlannedRecord {
  readonly record: SiteRecord;
  readonly before: RecordState;
  readonly after: RecordState;
}

/** By the plan of `switch-dns`, whichever step asks. A record that the plan does not change is as it should be already. */
export function plannedRecords(context: StepContext): readonly PlannedRecord[] {
  const changes = context.plan.steps.find((step) => step.kind === 'switch-dns')?.changes ?? [];
  return context.plan.site.dns.records.map((record) => {
    const resource = questionOf(record);
    const change = changes.find((each) => each.resource === resource && each.field === 'values');
    const base = { name: record.name, type: record.type, ttl: context.plan.limits.ttlSeconds };
    return {
      record,
      before: { ...base, values: change ? texts(change.from) : [...record.target] },
      after: { ...base, values: [...record.target] },
    };
  });
}

function texts(json: Json): readonly string[] {
  return Array.isArray(json) ? json.filter((each): each is string => typeof each === 'string') : [];
}

import type { Allocation } from '../../src/ports/platform';
import type { StepContext } from './step-work';

/** The site's row in the allocation table: what share of its calls goes where. */
export type Shares = { readonly allocationPercent: number; readonly shadowPercent: number };

export async function readShares(context: StepContext): Promise<Shares> {
  const { table, row } = context.plan.site.platform.allocation;
  const { allocationPercent, shadowPercent } = await context.world.platform.allocation(table, row);
  return { allocationPercent, shadowPercent };
}

/** Writes what differs and reads back. */
export async function setShares(
  context: StepContext,
  next: Partial<Allocation>,
): Promise<{ readonly shares: Shares; readonly agree: boolean }> {
  const { table, row } = context.plan.site.platform.allocation;
  if (!agrees(await readShares(context), next)) {
    await context.fence();
    await context.world.platform.setAllocation(table, row, next);
  }
  const shares = await readShares(context);
  return { shares, agree: agrees(shares, next) };
}

export function sharesText({ allocationPercent, shadowPercent }: Shares): string {
  return `${allocationPercent} percent to the new queues, ${shadowPercent} percent shadowed`;
}

export function sameShares(a: Shares, b: Shares): boolean {
  return agrees(a, b);
}

function agrees(shares: Shares, next: Partial<Allocation>): boolean {
  const { allocationPercent = shares.allocationPercent, shadowPercent = shares.shadowPercent } = next;
  return shares.allocationPercent === allocationPercent && shares.shadowPercent === shadowPercent;
}

/** What can be made to go wrong, by name, at any time. */
export const FAULTS = [
  { name: 'missing-permission', label: 'Somebody has taken a right from the bot’s role on Genesys Cloud' },
  { name: 'propagation-lag', label: 'One enterprise resolver of each site ignores TTL and keeps its old answer' },
  { name: 'licence-delay', label: 'The vendor takes some licence grants back into its backlog' },
  { name: 'registration-storm', label: 'The new gateway takes only one REGISTER every two seconds' },
  { name: 'call-failures', label: 'Once most traffic is on the new platform, 12 percent of its calls fail' },
  { name: 'split-brain', label: 'Somebody re-arms the legacy trunk after outbound went live' },
  { name: 'drift', label: 'Somebody changes a DNS record by hand while an approval is pending' },
  { name: 'api-429', label: 'Every third API request is refused with 429' },
  { name: 'api-5xx', label: 'Every fourth API request fails with 500 or 503' },
  { name: 'api-slow', label: 'API answers take 5 to 20 sandbox seconds' },
  { name: 'api-conflict', label: 'Somebody else bumps the version before the first write of each object' },
  { name: 'undo-fails', label: 'The allocation cannot be lowered again once most traffic is on the new platform' },
] as const;

export type FaultName = (typeof FAULTS)[number]['name'];

export class FaultSwitches {
  readonly names: readonly { readonly name: FaultName; readonly label: string }[] = FAULTS;
  private readonly on = new Set<FaultName>();
  private readonly listeners: ((name: FaultName, on: boolean) => void)[] = [];

  /** Throws a sentence that lists the names when `name` is none of them. */
  set(name: string, on: boolean): void {
    const known = this.known(name);
    if (on) this.on.add(known);
    else this.on.delete(known);
    for (const listener of this.listeners) listener(known, on);
  }

  isOn(name: string): boolean {
    return this.on.has(this.known(name));
  }

  /** For the model's own questions, many times a second. */
  has(name: FaultName): boolean {
    return this.on.has(name);
  }

  onChange(listener: (name: FaultName, on: boolean) => void): void {
    this.listeners.push(listener);
  }

  private known(name: string): FaultName {
    const fault = FAULTS.find((candidate) => candidate.name === name);
    if (!fault) throw new Error(`no fault is called "${name}"; there are ${FAULTS.map((f) => f.name).join(', ')}`);
    return fault.name;
  }
}

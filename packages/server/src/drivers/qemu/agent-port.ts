import type { Monitor } from '@restpoint/qmp/monitor'

/** Whether a program in the guest has the agent's port open. QEMU alone knows; the port itself only stays silent. */
export async function isAgentConnected(monitor: Monitor, limit?: { readonly timeoutMs: number }): Promise<boolean> {
  const ports = await monitor.execute<{ label: string; 'frontend-open': boolean }[]>('query-chardev', undefined, limit)
  return ports.some(port => port.label === 'agent' && port['frontend-open'])
}

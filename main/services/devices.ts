/** What can compute here. The engine is loaded when first asked for: importing scans needs none of it. */
import type { Measured } from '../engine/index.ts'
import type { Device } from '../../shared/domain/records.ts'

let found: Promise<Device[]> | null = null

/** "auto" first (what it stands for is in `detail`), then every device, working or not. Tried once, then remembered. */
export function listDevices(): Promise<Device[]> {
  found ??= probe()
  return found
}

async function probe(): Promise<Device[]> {
  const { availableDevices } = await import('../engine/index.ts')
  const devices = (await availableDevices()).map(({ id, name, ok, detail }): Device => ({ id, name, ok, detail }))
  const best = devices.find((device) => device.ok)
  const auto = { id: 'auto', name: best?.name ?? 'none', ok: best !== undefined, detail: 'the fastest that works here' }
  return [auto, ...devices]
}

/** What auto takes and why, and the time of a small training step on each device (none where it fails: then its reason). */
export async function deviceCalibration(): Promise<{ device: string; why: string; measured: Measured[] }> {
  const { calibrateDevices, chooseDevice } = await import('../engine/index.ts')
  const { device, why } = await chooseDevice()
  return { device, why, measured: await calibrateDevices() }
}

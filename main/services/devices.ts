/** What can compute here, as a process of its own finds out (main/workers/device-probe.ts). */
import { availableParallelism } from 'node:os'
import type { Measured } from '../engine/index.ts'
import type { Device } from '../../shared/domain/records.ts'
import type { ProbeMessage } from '../workers/device-probe.ts'
import { startWorker, workerFile, type Spawn } from '../workers/process.ts'

export interface DeviceExamination {
  /** "auto" first (what it stands for is in `detail`), then every device, working or not. */
  readonly devices: Device[]
  /** What auto takes and why. Without `measured` unless it was asked for: the time of a small training step on each device. */
  readonly calibration: { readonly device: string; readonly why: string; readonly measured: readonly Measured[] }
}

/** Never rejects: where the process ends before its time, the processor is left, and the reason told. */
export async function examineDevices(spawn: Spawn, calibrate = false): Promise<DeviceExamination> {
  let told: ProbeMessage | null = null
  const file = workerFile('device-probe', import.meta.url)
  const worker = startWorker(spawn, file, calibrate ? ['calibrate'] : [], (message) => {
    told = message as ProbeMessage
  })
  const end = await worker.ended
  return examination(told ?? untried(end.ok ? 'The process that tries the devices said nothing.' : end.reason))
}

function examination({ devices, device, why, measured }: ProbeMessage): DeviceExamination {
  const best = devices.find(({ ok }) => ok)
  const auto = { id: 'auto', name: best?.name ?? 'none', ok: best !== undefined, detail: 'the fastest that works here' }
  const all = devices.map(({ id, name, ok, detail }): Device => ({ id, name, ok, detail }))
  return { devices: [auto, ...all], calibration: { device, why, measured } }
}

function untried(reason: string): ProbeMessage {
  const detail = `not tried: ${reason}`
  const name = `CPU, ${availableParallelism()} threads`
  return { devices: [{ id: 'cpu', name, ok: true, detail }], device: 'cpu', why: detail, measured: [] }
}

let found: Promise<Device[]> | null = null

/** The devices, tried once, then remembered. */
export function listDevices(spawn: Spawn): Promise<Device[]> {
  return (found ??= examineDevices(spawn).then(({ devices }) => devices))
}

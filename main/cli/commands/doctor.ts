/** handful doctor: what this machine has, for a report or a quick look before a long run. */
import { statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, freemem, homedir, release, totalmem } from 'node:os'
import { Command } from 'commander'
import { sqliteVersion } from '../../library/index.ts'
import { appVersion } from '../../services/app.ts'
import { examineDevices } from '../../services/devices.ts'
import { forkProcess } from '../../workers/process.ts'
import { jsonOption } from '../arguments.ts'
import { print, printJson } from '../output.ts'

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Show devices, back ends, versions, free memory and disk.')
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  handful doctor --json')
    .action(async (options: { json?: boolean }) => {
      const report = await examine()
      if (options.json) printJson(report)
      else print(words(report))
      if (!report.devices.some((device) => device.ok)) process.exitCode = 1
    })
}

async function examine() {
  const disk = statfsSync(process.cwd())
  const { devices, calibration } = await examineDevices(forkProcess, true)
  return {
    versions: {
      handful: appVersion(),
      node: process.versions.node,
      sqlite: sqliteVersion(),
      electron: electronVersion(),
    },
    system: { platform: process.platform, arch: process.arch, release: release() },
    processor: { name: cpus()[0]?.model ?? 'unknown', cores: availableParallelism() },
    // "available" counts what the system can give back, and heeds the limits of a container.
    memory: { totalBytes: totalmem(), freeBytes: freemem(), availableBytes: process.availableMemory() },
    disk: { folder: process.cwd(), totalBytes: disk.blocks * disk.bsize, freeBytes: disk.bavail * disk.bsize },
    device: devices.find((device) => device.id === 'auto')?.name ?? null,
    devices,
    calibration,
    backends: devices.filter((device) => device.id !== 'auto' && device.ok).map((device) => device.id),
    home: process.env.HANDFUL_HOME ?? homedir(),
  }
}

function words(report: Awaited<ReturnType<typeof examine>>): string {
  const { versions, system, processor, memory, disk, devices, calibration } = report
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`
  return [
    `Handful    ${versions.handful}`,
    `Node       ${versions.node}, SQLite ${versions.sqlite}, Electron ${versions.electron ?? 'not installed'}`,
    `System     ${system.platform} ${system.arch}, ${system.release}`,
    `Processor  ${processor.name}, ${processor.cores} cores`,
    `Memory     ${gib(memory.availableBytes)} available of ${gib(memory.totalBytes)}`,
    `Disk       ${gib(disk.freeBytes)} free of ${gib(disk.totalBytes)} (${disk.folder})`,
    'Devices',
    ...devices.map((device) => `  ${device.ok ? '✓' : '✗'} ${device.id.padEnd(12)} ${device.name}: ${device.detail}`),
    `Chosen     ${calibration.device}: ${calibration.why}`,
    'A small training step',
    ...calibration.measured.map(
      ({ device, milliseconds, error }) =>
        `  ${device.padEnd(14)} ${milliseconds === null ? error : `${milliseconds.toFixed(1)} ms`}`,
    ),
  ].join('\n')
}

/** The installed package's; null where there is none. Its program may still be missing (see `npm start`). */
function electronVersion(): string | null {
  try {
    return (createRequire(import.meta.url)('electron/package.json') as { version: string }).version
  } catch {
    return null
  }
}

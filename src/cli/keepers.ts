import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * Process ids whose end is to end this process: its parent and, under npm, npm
 * too. npm runs a script as `sh -c <script>`, and that shell outlives a killed npm.
 */
export function keepers(): number[] {
  const script = process.env['npm_lifecycle_script']
  const shell = script === undefined ? null : lookUp(process.ppid)
  const isNpmShell = shell?.command.includes(`-c ${script}`)
  return shell && isNpmShell ? [process.ppid, shell.parent] : [process.ppid]
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    // Another user's process may be seen, not signalled.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

interface Process {
  parent: number
  command: string
}

/** Null where it cannot be known. */
function lookUp(pid: number): Process | null {
  return existsSync('/proc/self/stat') ? lookUpInProc(pid) : lookUpByPs(pid)
}

function lookUpInProc(pid: number): Process {
  // `pid (name) state parent ...`, and the name may hold parentheses: proc_pid_stat(5).
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [, , parent] = stat.slice(stat.lastIndexOf(')')).split(' ')
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  return { parent: Number(parent), command }
}

function lookUpByPs(pid: number): Process | null {
  if (process.platform === 'win32') return null
  const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' })
  const [parent = '', ...command] = line.trim().split(' ')
  return { parent: Number(parent), command: command.join(' ') }
}

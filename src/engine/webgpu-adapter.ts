/**
 * Which GPU onnxruntime's WebGPU would compute on. onnxruntime does not say: what it logs of the machine's
 * devices does, and which Vulkan drivers its process has loaded.
 */
import { readFile } from 'node:fs/promises';
import { messageOf } from '../errors.js';

/** What opening the GPU in a child process shows. */
export type Attempt =
  | {
      readonly opens: true;
      readonly version: string;
      /** Vulkan drivers that are loaded: file names. */
      readonly drivers: readonly string[];
    }
  | { readonly opens: false; readonly why: string };

/** What is known of the GPU. */
export interface Adapter {
  readonly name: string;
  /** Whether the processor stands in for a GPU, which is for tests. */
  readonly isSoftware: boolean;
}

/** Opens the GPU, sends a few numbers there and back, and tells; what the child process calls. */
export async function tryAdapter(): Promise<Attempt> {
  try {
    const { loadOrt } = await import('../compile/runtime/node/session.js');
    const ort = loadOrt();
    if (!ort.listSupportedBackends().some(({ name }) => name === 'webgpu')) {
      const platform = `${process.platform}-${process.arch}`;
      return { opens: false, why: `onnxruntime-node has no WebGPU for ${platform}` };
    }
    // It then tells which devices the machine has.
    ort.env.logLevel = 'verbose';
    const { Copies } = await import('../compile/runtime/device.js');
    const copies = new Copies(ort);
    const numbers = Float32Array.of(1, -2, 3);
    const there = await copies.upload(numbers, { dtype: 'float32', shape: [3] });
    const back = await copies.download(there);
    if (`${back}` !== `${numbers}`) {
      return { opens: false, why: `the GPU gave ${back} for ${numbers}: look for a newer driver` };
    }
    return { opens: true, version: ort.env.versions.node!, drivers: await loadedDrivers() };
  } catch (thrown) {
    return { opens: false, why: messageOf(thrown) };
  }
}

const driverFile = /\/(libvulkan_\w+|libvk_\w+|libGLX_nvidia|amdvlk\w*)\.so[\d.]*$/;

/** Linux lists the files that a process has in its memory. */
async function loadedDrivers(): Promise<string[]> {
  const maps = await readFile('/proc/self/maps', 'utf8').catch(() => '');
  const names = maps.split('\n').flatMap((line) => driverFile.exec(line)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** Drivers that compute on the processor. */
const softwareDrivers: Readonly<Record<string, string>> = {
  libvk_swiftshader: 'SwiftShader',
  libvulkan_lvp: 'lavapipe',
};

const apis: Readonly<Record<string, string>> = { darwin: 'Metal', win32: 'Direct3D 12' };

/**
 * @param drivers Vulkan drivers that are loaded
 * @param log what onnxruntime logged
 */
export function adapterOf(
  drivers: readonly string[],
  log: string,
  platform: string = process.platform,
): Adapter {
  const software = drivers.flatMap((driver) => softwareDrivers[driver] ?? []);
  const vendors = [
    ...log.matchAll(/vendor_id:0x(\w+), device_id:0x\w+, vendor:([^,]*), type:1\b/g),
  ];
  const found = vendors.map(([, id, vendor]) => vendorNames[id!] ?? vendor!.trim());
  if (drivers.length > 0 && software.length === drivers.length) {
    return { name: `${software.join(' and ')} on the processor (Vulkan)`, isSoftware: true };
  }
  const api = apis[platform] ?? 'Vulkan';
  const name = [...new Set(found)].filter((vendor) => vendor !== '').join(' or ');
  return { name: name === '' ? `GPU (${api})` : `${name} GPU (${api})`, isSoftware: false };
}

/** By the numbers of PCI (https://pcisig.com/membership/member-companies). */
const vendorNames: Readonly<Record<string, string>> = {
  '10de': 'NVIDIA',
  '1002': 'AMD',
  '8086': 'Intel',
  '106b': 'Apple',
  '5143': 'Qualcomm',
};

/**
 * Why there is no GPU, and what to do.
 * @param why what onnxruntime said
 * @param log what it and its libraries logged
 */
export function explainNoAdapter(
  why: string,
  log: string,
  platform: string = process.platform,
): string {
  if (log.includes("Couldn't load Vulkan")) {
    return 'the Vulkan loader libvulkan.so.1 is not installed: run apt-get install libvulkan1 (Debian, Ubuntu), and install the driver of the GPU';
  }
  if (log.includes('Found no drivers') || log.includes('VK_ERROR_INCOMPATIBLE_DRIVER')) {
    return 'Vulkan finds no driver of a GPU: install that of its maker, or mesa-vulkan-drivers (25 or newer) for AMD and Intel; in a container, hand the GPU in with its driver';
  }
  if (log.includes('ArrayDynamicIndexing')) {
    return 'the Vulkan driver lacks what WebGPU needs: a newer one is wanted, of Mesa 25 or newer';
  }
  if (why.includes('Failed to get a WebGPU adapter')) {
    const api = apis[platform] ?? 'Vulkan';
    return `${api} offers no GPU that WebGPU can use: look for a newer driver of the GPU`;
  }
  return why.split('\n')[0]!;
}

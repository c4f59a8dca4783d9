/** The formats that models are exported in, apart from what writes them, so that help finds them soon. */
export const exportFormats = ['onnx', 'tfjs', 'safetensors', 'npz'] as const;

export type ExportFormat = (typeof exportFormats)[number];

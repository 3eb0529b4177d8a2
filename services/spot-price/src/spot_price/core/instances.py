"""What an instance type has, and what it costs on demand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InstanceType:
    """An EC2 instance type.

    Attributes:
        name: such as `g5.2xlarge`.
        vcpus: virtual CPUs.
        memory_gib: main memory.
        gpus: GPUs, 0 without any.
        gpu_name: such as `A10G`; None without any.
        gpu_memory_gib: memory of all its GPUs together.
    """

    name: str
    vcpus: int
    memory_gib: float
    gpus: int = 0
    gpu_name: str | None = None
    gpu_memory_gib: float = 0.0

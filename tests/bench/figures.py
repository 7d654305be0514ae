"""What a measurement tells: a name, a value, and what it is compared with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: `value` in `unit`, `floor` in the same unit (0 = nothing to compare with)."""

    name: str
    value: float
    unit: str
    floor: float = 0.0
    remark: str = ""

    def line(self) -> str:
        """Return the line as people read it."""
        text = f"  {self.name:<52} {self.value:>10,.3g} {self.unit:<6}"
        if self.floor:
            text += f" floor {self.floor:>10,.3g}   x{self.value / self.floor:,.2f}"
        return f"{text}   {self.remark}".rstrip()

//! How much memory the process has, as the kernel tells it (`/proc/self/statm`).

/// In bytes; zeros where the kernel does not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident and not shared with a file.
    pub allocated: u64,
    /// Data segments and heap, resident or not.
    pub heap: u64,
    pub resident: u64,
}

/// Reads it now.
pub fn memory() -> Memory {
    parse(&std::fs::read_to_string("/proc/self/statm").unwrap_or_default())
}

/// Pages are 4 KiB wherever this runs but on some Arm kernels, which then show too little.
const PAGE_BYTES: u64 = 4096;

fn parse(statm: &str) -> Memory {
    let mut pages = statm.split_whitespace().map(|field| field.parse::<u64>().unwrap_or(0));
    let mut field = |skip| pages.nth(skip).unwrap_or(0) * PAGE_BYTES;
    let (resident, shared, heap) = (field(1), field(0), field(2));
    Memory { allocated: resident.saturating_sub(shared), heap, resident }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_line_is_understood() {
        let memory = parse("25000 3000 1000 12 0 9000 0\n");
        let page = |pages| pages * PAGE_BYTES;
        let expected = Memory { allocated: page(2000), heap: page(9000), resident: page(3000) };
        assert_eq!(memory, expected);
        assert_eq!(parse(""), Memory::default());
    }
}

//! The first bytes of an input steer how the rest is fed: options, and where it is cut.

/// Bytes of an input that are not fed.
const LENGTH: usize = 4;

/// How one input is fed.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    options: u8,
    sizes: [u8; LENGTH - 1],
}

impl Control {
    /// Takes the control bytes off the front; nothing when there are too few.
    pub fn split(input: &[u8]) -> Option<(Self, &[u8])> {
        let (first, rest) = input.split_at_checked(LENGTH)?;
        Some((Self { options: first[0], sizes: [first[1], first[2], first[3]] }, rest))
    }

    /// One of eight independent options.
    pub fn option(self, number: u8) -> bool {
        self.options & (1 << number) != 0
    }

    /// The input in pieces, as a network might deliver it.
    pub fn pieces(self, input: &[u8]) -> Vec<&[u8]> {
        let mut pieces = Vec::new();
        let mut rest = input;
        for size in self.sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(rest.len().min(1 + usize::from(*size)));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}

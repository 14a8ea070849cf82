// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Mixes the genes of two parents, a child a thread: what games with creatures that breed spend their gas on.
///
/// Genes are twelve traits of four genes of five bits, the lowest of a trait being the one that shows.
contract Genes {
    /// The genes of `children` children.
    function main(uint256 mother, uint256 father, uint256 seed, uint256 children)
        external
        returns (uint256[] memory litter)
    {
        uint256 slice = gasleft() / (children + 1);
        for (uint256 i; i < children; ++i) subsol [i] mix{gas: slice}(mother, father, seed + i);
        litter = new uint256[](children);
        for (uint256 i; i < children; ++i) litter[i] = join [i] (uint256);
    }

    /// The same without threads.
    function mainSerial(uint256 mother, uint256 father, uint256 seed, uint256 children)
        external
        pure
        returns (uint256[] memory litter)
    {
        litter = new uint256[](children);
        for (uint256 i; i < children; ++i) litter[i] = mix(mother, father, seed + i);
    }

    /// The genes of one child. Each trait has a die of its own.
    function mix(uint256 mother, uint256 father, uint256 seed) public pure returns (uint256 child) {
        unchecked {
            for (uint256 trait; trait < 12; ++trait) {
                uint256 die = uint256(keccak256(abi.encode(seed, trait)));
                uint256 m = _shuffle((mother >> (20 * trait)) & 0xfffff, die);
                uint256 f = _shuffle((father >> (20 * trait)) & 0xfffff, die >> 8);
                child |= _inherit(m, f, die >> 16) << (20 * trait);
            }
        }
    }

    /// One in four hidden genes moves up by one place.
    function _shuffle(uint256 genes, uint256 die) private pure returns (uint256) {
        unchecked {
            for (uint256 place = 3; place > 0; --place) {
                if ((die >> (2 * place)) & 3 != 0) continue;
                uint256 low = 5 * (place - 1);
                uint256 change = ((genes >> low) ^ (genes >> (low + 5))) & 31;
                genes ^= (change << low) | (change << (low + 5));
            }
        }
        return genes;
    }

    /// Each gene is the mother's or the father's. Where both show the same, one child in four shows another.
    function _inherit(uint256 m, uint256 f, uint256 die) private pure returns (uint256 genes) {
        unchecked {
            for (uint256 place; place < 4; ++place) {
                uint256 parent = (die >> place) & 1 == 0 ? m : f;
                genes |= parent & (uint256(31) << (5 * place));
            }
            if ((m ^ f) & 31 == 0 && (die >> 4) & 3 == 0) genes = (genes & ~uint256(31)) | ((7 * m + 3) & 31);
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Deep {
    function f(uint256 a) public pure returns (uint256) {
        return a;
    }

    function main() external {
        subsol [1] f(1);
        assembly {
            let a := sload(1)
            let b := sload(2)
            let c := sload(3)
            let d := sload(4)
            let e := sload(5)
            let g := sload(6)
            let h := sload(7)
            let i := sload(8)
            let j := sload(9)
            let k := sload(10)
            let l := sload(11)
            let m := sload(12)
            let n := sload(13)
            let o := sload(14)
            let p := sload(15)
            let q := sload(16)
            let r := sload(17)
            let s := sload(18)
            sstore(a, 1)
            sstore(b, c)
            sstore(d, e)
            sstore(g, h)
            sstore(i, j)
            sstore(k, l)
            sstore(m, n)
            sstore(o, p)
            sstore(q, r)
            mstore(s, a)
        }
    }
}

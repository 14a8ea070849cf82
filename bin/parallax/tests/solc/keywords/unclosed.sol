contract Unclosed {
    function f() public {
        subsol [1 f();
    }
}
